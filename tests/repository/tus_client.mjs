// Drives tus-js-client as a program would: files in parallel, each aborted once on its way and
// taken up again by a client that knows only its address; one more upload is terminated.
import { createReadStream, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import process from 'node:process'

const require = createRequire(join(process.cwd(), 'package.json'))
const tus = require('tus-js-client')
const given = JSON.parse(process.argv[2])

function options(path, more) {
  return {
    endpoint: given.endpoint,
    headers: { Authorization: given.token },
    metadata: { filename: basename(path) },
    uploadSize: statSync(path).size,
    chunkSize: given.chunk,
    retryDelays: [50, 100, 200, 400, 800],
    ...more,
  }
}

function cut(path) {
  return new Promise((resolve, reject) => {
    const upload = new tus.Upload(
      createReadStream(path),
      options(path, {
        onError: reject,
        onChunkComplete: async (size, accepted) => {
          if (accepted > given.chunk) {
            await upload.abort()
            resolve(upload.url)
          }
        },
      }),
    )
    upload.start()
  })
}

function resume(path, uploadUrl) {
  return new Promise((resolve, reject) => {
    const upload = new tus.Upload(
      createReadStream(path),
      options(path, { uploadUrl, onError: reject, onSuccess: () => resolve(upload.url) }),
    )
    upload.start()
  })
}

const uploads = {}
await Promise.all(
  given.files.map(async (path) => {
    const url = await cut(path)
    uploads[basename(path)] = await resume(path, url)
    if (uploads[basename(path)] !== url) throw new Error('a resumed upload has another address')
  }),
)
const dropped = await cut(given.files[0])
await tus.Upload.terminate(dropped, { headers: { Authorization: given.token } })
const asked = await fetch(dropped, { method: 'HEAD', headers: { Authorization: given.token } })
process.stdout.write(JSON.stringify({ uploads, terminated: asked.status }))
