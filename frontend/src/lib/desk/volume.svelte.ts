const STORED = 'concord.volume';

/** Loudness and mute, kept from clip to clip and from day to day. */
class Volume {
  level = $state(1);
  muted = $state(false);

  constructor() {
    try {
      const stored = JSON.parse(localStorage.getItem(STORED) ?? '{}');
      if (typeof stored.level === 'number') this.level = Math.min(1, Math.max(0, stored.level));
      if (typeof stored.muted === 'boolean') this.muted = stored.muted;
    } catch {
      // Nothing readable stored: full volume, sound on.
    }
  }

  set(level: number, muted: boolean): void {
    this.level = level;
    this.muted = muted;
    try {
      localStorage.setItem(STORED, JSON.stringify({ level, muted }));
    } catch {
      // Without storage the volume lasts as long as the page.
    }
  }
}

export const volume = new Volume();
