// What people do with @huggingface/hub. Prints what it saw as one line of JSON.
import { createHash, randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'

const require = createRequire(join(process.env.CLIENT, 'package.json'))
const hub = await import(pathToFileURL(require.resolve('@huggingface/hub')))
const hubUrl = process.env.HF_ENDPOINT
const accessToken = process.env.HF_TOKEN
const repo = 'olga/from-js'
const common = { hubUrl, accessToken, repo }
const seen = {}
const large = randomBytes(9 * 2 ** 20)

seen.who = (await hub.whoAmI({ hubUrl, accessToken })).name
seen.before = await hub.repoExists(common)
await hub.createRepo(common)
await hub.uploadFiles({
  ...common,
  useXet: process.env.USE_XET === '1',
  commitTitle: 'From the other side',
  files: [
    { path: 'config.json', content: new Blob(['{"a": 1}']) },
    { path: 'w.bin', content: new Blob([large]) },
  ],
})
seen.files = []
for await (const file of hub.listFiles({ ...common, recursive: true })) seen.files.push(file.path)
seen.info = (await hub.modelInfo({ hubUrl, accessToken, name: repo })).name
seen.found = []
for await (const found of hub.listModels({ hubUrl, accessToken, search: { owner: 'olga' } }))
  seen.found.push(found.name)
const got = await hub.downloadFile({ ...common, path: 'w.bin' })
const digest = (bytes) => createHash('sha256').update(bytes).digest('hex')
seen.same = digest(Buffer.from(await got.arrayBuffer())) === digest(large)
const part = await hub.downloadFile({ ...common, path: 'config.json' })
seen.text = await part.text()
seen.missing = await hub.downloadFile({ ...common, path: 'none.bin' })
seen.commits = []
for await (const commit of hub.listCommits(common)) seen.commits.push(commit.title)
await hub.deleteFile({ ...common, path: 'config.json' })
seen.exists = await hub.fileExists({ ...common, path: 'config.json' })
await hub.deleteRepo(common)
seen.after = await hub.repoExists(common)
console.log(JSON.stringify(seen))
