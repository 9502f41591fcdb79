import { named } from '../i18n/index.svelte';

/**
 * Every failed request becomes one of these: the API's error shape, `network` when no answer came,
 * or `unreadable_answer` when it came from something else, a proxy for instance. A text may use
 * `{{detail}}`, the server's own sentence, beside the error's params.
 */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly params: Record<string, unknown>;
  private readonly answered: Record<string, string[]>;
  private readonly reasons: Record<string, Reason[]>;

  constructor(status: number, body: Partial<ApiErrorBody>) {
    super(body.detail || `The server answered ${status}.`);
    this.status = status;
    this.answered = body.fields ?? {};
    this.reasons = body.reasons ?? {};
    this.code = body.code || (status === 0 ? 'network' : 'unreadable_answer');
    // Where no field tells its own fault, the sentence about all of them has to be shown.
    if (this.code === 'invalid' && !Object.keys(this.answered).length) this.code = 'invalid_as_a_whole';
    this.params = { status, ...body.params, detail: this.message };
  }

  /** What is wrong with each field, in the reader's language. */
  get fields(): Record<string, string[]> {
    const told = Object.entries(this.answered).map(([field, texts]) => [
      field,
      texts.map((text, place) => {
        const reason = this.reasons[field]?.[place];
        return reason?.code ? named('field_fault', reason.code, reason.params) : text;
      })
    ]);
    return Object.fromEntries(told);
  }

  /** Worth sending again unchanged: no answer, an overloaded or a restarting server. */
  get isTemporary(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

type Reason = { code: string; params: Record<string, unknown> };

export type ApiErrorBody = {
  code: string;
  detail: string;
  params: Record<string, unknown>;
  fields: Record<string, string[]>;
  reasons: Record<string, Reason[]>;
};

export function errorFrom(status: number, answer: unknown): ApiError {
  const body = (answer as { error?: Partial<ApiErrorBody> } | null)?.error;
  return new ApiError(status, body ?? {});
}

/** For `catch`: an ApiError as it is; anything else is a fault of ours and goes on up. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  throw error;
}
