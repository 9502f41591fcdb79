// Fails when a text is missing or empty, differs in its parameters, lacks a plural form, is English in
// Chinese, is badly set there, is used but not there, or is there but never used.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'src');
const folder = path.join(root, 'lib', 'i18n');
const COORDINATING = 'coordinating';
const parse = (...names) => JSON.parse(readFileSync(path.join(folder, ...names), 'utf8'));
const read = (name) => ({ ...parse(name), ...parse(COORDINATING, name) });
const languages = readdirSync(folder).filter((name) => name.endsWith('.json'));
const texts = Object.fromEntries(languages.map((name) => [name, read(name)]));
const everyKey = new Set(Object.values(texts).flatMap(Object.keys));
const problems = [];

const CHINESE = 'zh-hans.json';
// What is the same in both languages: names of formats, and texts made of nothing but parameters.
const SAME_IN_BOTH = new Set(['format.csv', 'format.jsonl']);
const HAN = /\p{Script=Han}/u;
// ASCII punctuation that touches a Chinese character; it has full-width forms of its own.
const HALF_WIDTH = /\p{Script=Han}[,;:?!()]|[,;:?!()]\p{Script=Han}|\p{Script=Han}\.(?![\w.])/u;

const parameters = (text) => [...text.matchAll(/{{(\w+)}}/g)].map((found) => found[1]);
const words = (text) => text.replaceAll(/{{\w+}}/g, '').match(/\p{L}/u);

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
    if (key.endsWith('_one') && !texts[name][key.replace(/_one$/, '_other')]) {
      problems.push(`${name}: "${key}" has no "_other" beside it. Write both plural forms.`);
    }
  }
  checkChinese(key, texts[CHINESE][key] ?? '');
}

function checkChinese(key, text) {
  if (words(text) && !HAN.test(text) && !SAME_IN_BOTH.has(key)) {
    problems.push(`${CHINESE}: "${key}" holds no Chinese. Translate it, or allow it in SAME_IN_BOTH.`);
  }
  const half = text.match(HALF_WIDTH);
  if (half) problems.push(`${CHINESE}: "${key}": "${half[0]}" has half-width punctuation. Use ，；：？！（）。`);
}

const sources = readdirSync(root, { recursive: true })
  .filter((name) => /\.(svelte|ts)$/.test(name) && !name.endsWith('.d.ts'))
  .map((name) => [name, readFileSync(path.join(root, name), 'utf8')]);
const whole = sources.map(([, source]) => source).join('\n');
// Keys spelled out, and families whose last part comes from data: named('stage', …), `numbers.${name}`.
const literal = new Set([...whole.matchAll(/['"`]([a-z_0-9]+\.[a-z_0-9]+)['"`]/g)].map((m) => m[1]));
const families = [...whole.matchAll(/(?:named|told)\(\s*'([a-z_.]+)'/g)].map((m) => `${m[1]}.`);
families.push(...[...whole.matchAll(/`([a-z_]+\.[a-z_.]*)\$\{/g)].map((m) => m[1]));

for (const key of everyKey) {
  const base = key.replace(/_(one|other)$/, '');
  const used = literal.has(key) || literal.has(base) || families.some((each) => key.startsWith(each));
  if (!used) problems.push(`"${key}" is used nowhere. Remove it.`);
}
const STORAGE = 'concord.'; // keys of the browser's storage look alike
for (const family of new Set(families)) {
  if (!family.startsWith(STORAGE) && ![...everyKey].some((key) => key.startsWith(family))) {
    problems.push(`The code asks for texts "${family}…", and there is none.`);
  }
}
for (const [name, source] of sources) {
  for (const [, key] of source.matchAll(/\bt\(\s*['"]([^'"]+)['"]/g)) {
    const there = everyKey.has(key) || everyKey.has(`${key}_other`);
    if (!there) problems.push(`${name}: t('${key}') has no text. Write it in every language.`);
  }
}

// What an annotator's page may show must not stand among the coordinators' texts.
const ofCoordinators = new Set(Object.keys(parse(COORDINATING, CHINESE)));
const shared = Object.keys(parse(CHINESE)).filter((key) => ofCoordinators.has(key));
for (const key of shared) problems.push(`"${key}" stands twice. Keep one.`);
const ANNOTATORS = /^lib[/\\](desk|guides)|^routes[/\\](login|join|reset)|\[slug\][/\\](label|practice|history|guide)[/\\]/;
for (const [name, source] of sources.filter(([name]) => ANNOTATORS.test(name))) {
  for (const key of ofCoordinators) {
    if (source.includes(`'${key.replace(/_(one|other)$/, '')}'`)) {
      problems.push(`${name}: "${key}" is a coordinators' text. Move it to everybody's.`);
    }
  }
}

if (problems.length) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`${everyKey.size} texts, complete in ${languages.length} languages.`);
