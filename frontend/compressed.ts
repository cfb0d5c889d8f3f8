import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

const TEXT = /\.(?:js|css|svg)$/
/** Under this a compressed file saves no packet. */
const SMALLEST = 1024

/** Compresses once what the server would otherwise compress for each reader. */
export const compressed: Plugin = {
  name: 'compressed',
  apply: 'build',
  enforce: 'post',
  generateBundle: {
    order: 'post',
    handler(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (!TEXT.test(file.fileName)) continue
        const text = Buffer.from(file.type === 'chunk' ? file.code : file.source)
        if (text.length < SMALLEST) continue
        const size = { [constants.BROTLI_PARAM_SIZE_HINT]: text.length }
        const packed = {
          br: brotliCompressSync(text, { params: size }),
          gz: gzipSync(text, { level: 9 }),
        }
        for (const [ending, source] of Object.entries(packed))
          this.emitFile({ type: 'asset', fileName: `${file.fileName}.${ending}`, source })
      }
    },
  },
}
