// Fails when the help does not say the same things, line by line, in every language.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';

const i18n = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'src', 'lib', 'i18n');
const languages = readdirSync(i18n).filter((name) => name.endsWith('.json'));
const read = (name) => JSON.parse(readFileSync(path.join(i18n, 'help', name), 'utf8'));
const [first, ...others] = languages;
const problems = [];
let lines = 0;

/** A heading, quotation, item or paragraph; an empty line stands between paragraphs. */
const kindOf = (line) => line.match(/^(#|>|-|\d+\.)?/)[0] + (line.trim() ? 'text' : '');
const isTree = (value) => typeof value === 'object' && value !== null;

function compare(at, wanted, found, name) {
  if (isTree(wanted) && isTree(found)) {
    for (const key of new Set([...Object.keys(wanted), ...Object.keys(found)])) {
      compare(`${at}.${key}`, wanted[key], found[key], name);
    }
  } else if (typeof wanted !== typeof found || isTree(wanted) !== isTree(found)) {
    problems.push(`help: "${at}" is not both in ${first} and in ${name}. Write it in each.`);
  } else if (kindOf(wanted) !== kindOf(found)) {
    problems.push(`help/${name}: "${at}" is not the same kind of line as in ${first}.`);
  } else lines += 1;
}

for (const name of others) compare('help', read(first), read(name), name);

if (problems.length) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`${lines} lines of help, the same in ${languages.length} languages.`);
