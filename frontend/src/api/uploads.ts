import { DetailedError, Upload } from 'tus-js-client'
import { api, csrfToken, Refusal, refusalOf, unwrap, type Schemas } from './client'

export type UploadState = Schemas['UploadOut']

const CHUNK = 8 * 1024 * 1024
const RETRIES = [0, 1000, 3000, 5000, 10000]

export interface UploadEvents {
  onProgress: (sent: number) => void
  onDone: (state: UploadState) => void
  onRefused: (problem: Error) => void
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
      fetchUpload(id).then(events.onDone, events.onRefused)
    },
    onError: (error) => {
      events.onRefused(problemOf(error))
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
    void startUpload(file, { onProgress, onDone: done, onRefused: refuse }).then((upload) => {
      const drop = () => void upload.abort(true).finally(() => refuse(new Error(unwanted?.reason)))
      if (unwanted?.aborted) drop()
      else unwanted?.addEventListener('abort', drop)
    })
  })
}

function problemOf(error: Error): Error {
  if (!(error instanceof DetailedError)) return error
  const answer = error.originalResponse
  if (!answer) return new Refusal(0, 'offline', 'offline', {}, '')
  const headers = { 'X-Request-Id': answer.getHeader('X-Request-Id') ?? '' }
  const response = new Response(null, { status: answer.getStatus(), headers })
  try {
    return refusalOf(response, JSON.parse(answer.getBody()))
  } catch {
    return refusalOf(response, null)
  }
}
