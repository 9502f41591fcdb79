import { locale } from '../i18n/index.svelte';
import { csrfToken, reportLoggedOut } from './client';
import { ApiError, errorFrom } from './errors';

export type UploadOptions = {
  onProgress?: (fraction: number) => void;
  signal?: AbortSignal;
};

/** One multipart request. XMLHttpRequest, because fetch cannot tell how far an upload is. */
export function upload<T>(url: string, form: FormData, options: UploadOptions = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', url);
    request.responseType = 'json';
    request.setRequestHeader('Accept', 'application/json');
    request.setRequestHeader('Accept-Language', locale.tag);
    request.setRequestHeader('X-CSRFToken', csrfToken());
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) options.onProgress?.(event.loaded / event.total);
    };
    request.onload = () => {
      if (request.status < 300) return resolve(request.response as T);
      if (request.status === 401) reportLoggedOut();
      reject(errorFrom(request.status, request.response));
    };
    request.onerror = () => reject(new ApiError(0, { code: 'network' }));
    request.onabort = () => reject(new ApiError(0, { code: 'upload_stopped' }));
    options.signal?.addEventListener('abort', () => request.abort(), { once: true });
    request.send(form);
  });
}
