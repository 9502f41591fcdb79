/** Comma-separated values (RFC 4180): lines of cells, each line with its number in the file. */
export type Line = { line: number; cells: string[] };

export function readCsv(text: string): Line[] {
  const lines: Line[] = [];
  let cells: string[] = [];
  let cell = '';
  let quoted = false;
  let line = 1;
  let begun = 1;
  const endLine = () => {
    cells.push(cell);
    if (cells.some((each) => each.trim())) lines.push({ line: begun, cells });
    [cells, cell, begun] = [[], '', line];
  };
  const source = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
  for (let place = 0; place < source.length; place++) {
    const letter = source[place];
    if (letter === '\n') line++;
    if (quoted && letter === '"' && source[place + 1] === '"') {
      cell += '"';
      place++;
    } else if (letter === '"' && (quoted || cell === '')) quoted = !quoted;
    else if (!quoted && letter === ',') {
      cells.push(cell);
      cell = '';
    } else if (!quoted && letter === '\n') endLine();
    else cell += letter;
  }
  if (cell || cells.length) endLine();
  return lines;
}

export function writeCsv(lines: string[][]): string {
  const cell = (text: string) => (/[",\n\r]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return lines.map((cells) => cells.map(cell).join(',') + '\r\n').join('');
}

/** A file's text. Spreadsheets in Chinese save GB 18030 unless told otherwise. */
export async function textOf(file: Blob): Promise<string> {
  const bytes = await file.arrayBuffer();
  const [first, second] = new Uint8Array(bytes);
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('gb18030').decode(bytes);
  }
}
