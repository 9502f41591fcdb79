/** From figures to places on the page. */
export type Range = [low: number, high: number];
export type Scale = (value: number) => number;

export function linear([low, high]: Range, [from, to]: Range): Scale {
  const factor = high === low ? 0 : (to - from) / (high - low);
  return (value) => from + (value - low) * factor;
}

/** Round numbers inside the range, about so many of them. */
export function ticks([low, high]: Range, about = 5): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / about;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((each) => each * magnitude).find((each) => each >= rough * 0.999)!;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // Multiplied anew for each, and rounded, so that 0.1 + 0.2 stays 0.3.
  const all = Array.from({ length: last - first + 1 }, (_, place) => (first + place) * step);
  return all.map((each) => Number(each.toPrecision(12)));
}

/** Where all the figures lie, from one round number to another. */
export function around(values: number[], about = 5): Range {
  const low = Math.min(...values);
  const high = Math.max(...values);
  if (!values.length || low === high) return [(values[0] ?? 0) - 0.5, (values[0] ?? 0) + 0.5];
  const found = ticks([low, high], about);
  const step = found.length > 1 ? found[1]! - found[0]! : high - low;
  return [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
}

/** A line through points as SVG draws it. */
export function path(points: [x: number, y: number][]): string {
  return points.map(([x, y], place) => `${place ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
}
