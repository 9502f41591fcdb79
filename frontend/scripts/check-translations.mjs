// Fails when a text is missing in a language, differs in its parameters, is used but not there,
// or is there but never used.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'src');
const folder = path.join(root, 'lib', 'i18n');
const read = (name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
const languages = readdirSync(folder).filter((name) => name.endsWith('.json'));
const texts = Object.fromEntries(languages.map((name) => [name, read(name)]));
const everyKey = new Set(Object.values(texts).flatMap(Object.keys));
const problems = [];

const parameters = (text) => [...text.matchAll(/{{(\w+)}}/g)].map((found) => found[1]);

for (const key of everyKey) {
  const wanted = new Set(languages.flatMap((name) => parameters(texts[name][key] ?? '')));
  for (const name of languages) {
    const text = texts[name][key];
    if (!text?.trim()) problems.push(`${name}: "${key}" is missing or empty. Translate it.`);
    const lacking = [...wanted].filter((each) => !parameters(text ?? '').includes(each));
    // A singular may leave its number out ("one label at most").
    if (text && lacking.some((each) => each !== 'count')) {
      problems.push(`${name}: "${key}" lacks {{${lacking.join('}}, {{')}}}. Every language tells it.`);
    }
  }
}

const sources = readdirSync(root, { recursive: true })
  .filter((name) => /\.(svelte|ts)$/.test(name) && !name.endsWith('.d.ts'))
  .map((name) => readFileSync(path.join(root, name), 'utf8'))
  .join('\n');
// Keys spelled out, and families whose last part comes from data: named('stage', …), `numbers.${name}`.
const literal = new Set([...sources.matchAll(/['"`]([a-z_0-9]+\.[a-z_0-9]+)['"`]/g)].map((m) => m[1]));
const families = [...sources.matchAll(/named\(\s*'([a-z_]+)'/g)].map((m) => `${m[1]}.`);
families.push('errors.', ...[...sources.matchAll(/`([a-z_]+\.[a-z_]*)\$\{/g)].map((m) => m[1]));

for (const key of everyKey) {
  const base = key.replace(/_(one|other)$/, '');
  const used = literal.has(key) || literal.has(base) || families.some((each) => key.startsWith(each));
  if (!used) problems.push(`"${key}" is used nowhere. Remove it.`);
}

if (problems.length) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`${everyKey.size} texts, complete in ${languages.length} languages.`);
