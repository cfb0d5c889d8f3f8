import { DetailedError, Upload } from 'tus-js-client'
import { api, csrfToken, unwrap, type Schemas } from './client'

export type UploadState = Schemas['UploadOut']

const CHUNK = 8 * 1024 * 1024
const RETRIES = [0, 1000, 3000, 5000, 10000]

export interface UploadEvents {
  onProgress: (sent: number) => void
  onDone: (state: UploadState) => void
  onRefused: (message: string) => void
}

export function fetchUpload(upload_id: string): Promise<UploadState> {
  return unwrap(api.GET('/api/v1/uploads/{upload_id}', { params: { path: { upload_id } } }))
}

/** A resumable upload: the browser remembers where it stood, so choosing the file again goes on. */
export async function startUpload(file: File, events: UploadEvents): Promise<Upload> {
  const upload = new Upload(file, {
    endpoint: '/api/v1/uploads',
    chunkSize: CHUNK,
    retryDelays: RETRIES,
    metadata: { filename: file.name },
    removeFingerprintOnSuccess: true,
    onBeforeRequest: (request) => {
      request.setHeader('X-CSRFToken', csrfToken())
    },
    onShouldRetry: (error) => {
      const status = error.originalResponse?.getStatus() ?? 0
      return status === 0 || status === 409 || status >= 500
    },
    onProgress: (sent) => {
      events.onProgress(sent)
    },
    onSuccess: () => {
      const id = upload.url?.split('/').pop() ?? ''
      fetchUpload(id).then(events.onDone, (error: Error) => {
        events.onRefused(error.message)
      })
    },
    onError: (error) => {
      events.onRefused(messageOf(error))
    },
  })
  const [previous] = await upload.findPreviousUploads()
  if (previous) upload.resumeFromPreviousUpload(previous)
  upload.start()
  return upload
}

/** Sends one file and waits until it is there, or until the signal says that nobody wants it. */
export function sendFile(
  file: File,
  onProgress: UploadEvents['onProgress'] = () => undefined,
  unwanted?: AbortSignal,
): Promise<UploadState> {
  return new Promise((done, refuse) => {
    const events = {
      onProgress,
      onDone: done,
      onRefused: (message: string) => {
        refuse(new Error(message))
      },
    }
    void startUpload(file, events).then((upload) => {
      const drop = () => void upload.abort(true).finally(() => refuse(new Error(unwanted?.reason)))
      if (unwanted?.aborted) drop()
      else unwanted?.addEventListener('abort', drop)
    })
  })
}

function messageOf(error: Error): string {
  const body = error instanceof DetailedError ? error.originalResponse?.getBody() : undefined
  if (!body) return error.message
  try {
    return (JSON.parse(body) as { message: string }).message
  } catch {
    return error.message
  }
}
