/**
 * Every failed request becomes one of these: the API's error shape, `network` when no answer came,
 * or `unreadable_answer` when it came from something else, a proxy for instance. A text may use
 * `{{detail}}`, the server's own sentence, beside the error's params.
 */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly params: Record<string, unknown>;
  readonly fields: Record<string, string[]>;

  constructor(status: number, body: Partial<ApiErrorBody>) {
    super(body.detail || `The server answered ${status}.`);
    this.status = status;
    this.fields = body.fields ?? {};
    this.code = body.code || (status === 0 ? 'network' : 'unreadable_answer');
    // Where no field tells its own fault, the sentence about all of them has to be shown.
    if (this.code === 'invalid' && !Object.keys(this.fields).length) this.code = 'invalid_as_a_whole';
    this.params = { status, ...body.params, detail: this.message };
  }

  /** Worth sending again unchanged: no answer, an overloaded or a restarting server. */
  get isTemporary(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export type ApiErrorBody = {
  code: string;
  detail: string;
  params: Record<string, unknown>;
  fields: Record<string, string[]>;
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
