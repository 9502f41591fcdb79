import { upload } from '../api/upload';
import { ApiError, asApiError } from '../api/errors';

export type Upload = {
  file: File;
  state: 'waiting' | 'sending' | 'sent' | 'failed';
  sent: number;
  error?: ApiError;
};

const AT_ONCE = 3;

/** Files on their way into one import, a few at a time. */
export class Uploads {
  files = $state<Upload[]>([]);
  total = $derived(this.files.length);
  done = $derived(this.files.filter((each) => each.state === 'sent').length);
  failed = $derived(this.files.filter((each) => each.state === 'failed'));
  running = $state(false);
  private stopper = new AbortController();

  add(files: File[]): void {
    const known = new Set(this.files.map(({ file }) => keyOf(file)));
    const fresh = files.filter((file) => !known.has(keyOf(file)));
    this.files.push(...fresh.map((file) => ({ file, state: 'waiting' as const, sent: 0 })));
  }

  remove(which: Upload): void {
    this.files = this.files.filter((each) => each !== which);
  }

  clear(): void {
    this.files = [];
  }

  /** Sends everything not sent yet; resolves to whether all of it has arrived. */
  async send(url: string): Promise<boolean> {
    this.running = true;
    this.stopper = new AbortController();
    const queue = this.files.filter((each) => each.state !== 'sent');
    const lane = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) await this.sendOne(url, next);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    this.running = false;
    return this.failed.length === 0;
  }

  stop(): void {
    this.stopper.abort();
  }

  private async sendOne(url: string, entry: Upload): Promise<void> {
    if (this.stopper.signal.aborted) return;
    entry.state = 'sending';
    entry.error = undefined;
    const form = new FormData();
    // As a field of its own, since a form writes a quote in a file name as %22.
    form.append('name', entry.file.name);
    form.append('file', entry.file);
    try {
      await upload(url, form, {
        onProgress: (fraction) => (entry.sent = fraction),
        signal: this.stopper.signal
      });
      entry.sent = 1;
      entry.state = 'sent';
    } catch (error) {
      entry.error = asApiError(error);
      entry.state = 'failed';
    }
  }
}

function keyOf(file: File): string {
  return [file.webkitRelativePath || file.name, file.size, file.lastModified].join('\n');
}

/** Every file of what was dropped, folders opened all the way down. */
export async function filesOf(items: DataTransferItemList): Promise<File[]> {
  const entries = [...items].map((item) => item.webkitGetAsEntry());
  const found = await Promise.all(entries.map((entry) => (entry ? filesBelow(entry) : [])));
  return found.flat().filter((file) => !file.name.startsWith('.'));
}

async function filesBelow(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile) {
    return [await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: File[] = [];
  for (;;) {
    // A reader hands out at most a hundred entries a call, and none at the end.
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject)
    );
    if (!batch.length) return found;
    for (const each of batch) found.push(...(await filesBelow(each)));
  }
}
