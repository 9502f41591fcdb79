/** Plain text as people write it: paragraphs between empty lines, lists, and keys in [[ ]]. */
export type Piece = { text: string; isKey: boolean };
export type Block =
  | { kind: 'paragraph' | 'heading' | 'quote'; lines: string[] }
  | { kind: 'list'; ordered: boolean; lines: string[] };

const BULLET = /^\s*[-*•·]\s+/;
const NUMBERED = /^\s*\d{1,2}[.)、.]\s*/;
const HEADING = /^#{1,3}\s+/;
const QUOTE = /^>\s*/;

/** Every line's kind follows from how it begins; neighbours of one kind stand together. */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let last: Block | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (!line.trim()) {
      last = undefined;
      continue;
    }
    const found = read(line);
    const joins =
      last?.kind === found.kind &&
      found.kind !== 'heading' &&
      (found.kind !== 'list' || (last.kind === 'list' && last.ordered === found.ordered));
    if (joins) last!.lines.push(...found.lines);
    else blocks.push((last = found));
  }
  return blocks;
}

function read(line: string): Block {
  if (BULLET.test(line)) return { kind: 'list', ordered: false, lines: [line.replace(BULLET, '')] };
  if (NUMBERED.test(line)) {
    return { kind: 'list', ordered: true, lines: [line.replace(NUMBERED, '')] };
  }
  if (HEADING.test(line)) return { kind: 'heading', lines: [line.replace(HEADING, '')] };
  if (QUOTE.test(line)) return { kind: 'quote', lines: [line.replace(QUOTE, '')] };
  return { kind: 'paragraph', lines: [line.trim()] };
}

/** The parts of a line: its words and, between [[ and ]], keys. */
export function piecesOf(line: string): Piece[] {
  return line
    .split(/(\[\[.+?\]\])/)
    .filter(Boolean)
    .map((text) =>
      text.startsWith('[[') && text.endsWith(']]')
        ? { text: text.slice(2, -2), isKey: true }
        : { text, isKey: false }
    );
}
