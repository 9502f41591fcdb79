/** How fast clips play, kept in this browser for each person. */
const SPEEDS = [0.75, 1, 1.25, 1.5];

export class Speed {
  value = $state(1);
  private readonly key: string;

  constructor(user: number) {
    this.key = `concord.speed.${user}`;
    try {
      const stored = Number(localStorage.getItem(this.key));
      if (SPEEDS.includes(stored)) this.value = stored;
    } catch {
      // Without storage everybody begins at normal speed.
    }
  }

  get isSlowest(): boolean {
    return this.value === SPEEDS[0];
  }

  get isFastest(): boolean {
    return this.value === SPEEDS.at(-1);
  }

  change(step: 1 | -1): void {
    this.value = SPEEDS[SPEEDS.indexOf(this.value) + step] ?? this.value;
    try {
      localStorage.setItem(this.key, String(this.value));
    } catch {
      // Without storage the speed lasts as long as the page.
    }
  }
}
