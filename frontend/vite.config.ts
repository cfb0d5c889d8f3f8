import { fileURLToPath, URL } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vitest/config'
import { budget } from './budget'
import { compressed } from './compressed'
import { early } from './early'
import { messages } from './messages'
import { uiFont } from './uiFont'

// `make dev` says where its web process listens.
const SERVER = process.env['ONDOL_PUBLIC_URL'] ?? 'http://127.0.0.1:8000'
// The server compares Origin with Host: the name that the browser asked for must reach it.
const PROXY = { target: SERVER, changeOrigin: false }
/** Small parts of many pages; those that bring a library with them stay apart. */
const KIT =
  /\/@lucide\/|\/src\/ui\/(?!Menu|Dialog|Typed|QrCode|ReadmeText)\w+\.vue|\/src\/api\/(?!uploads)|\/src\/lib\/(?:fit|jobWords|licenses)|\/(?:VerdictStatus|IntervalStrip)\.vue|\/wish\/best\.ts/
const WHOLE_VUE = "import * as Vue from 'vue';"

/**
 * vue-i18n asks the whole of Vue for one function by a computed name, so every part of Vue, used
 * or not, stays in the bundle: a sixth of the first view's script. Here it is given that function.
 */
const leanVue: Plugin = {
  name: 'lean-vue',
  enforce: 'pre',
  transform(code, id) {
    if (!/vue-i18n\/dist\/[\w.-]+$/.test(id)) return null
    if (!code.includes(WHOLE_VUE)) throw new Error(`${id} no longer imports the whole of Vue.`)
    const lean =
      "import { getCurrentInstance as instance } from 'vue';const Vue={getCurrentInstance:instance};"
    return { code: code.replace(WHOLE_VUE, lean), map: null }
  },
}

/** Its signs and its words stand alone; so the rest of it is another file, fetched beside. */
const SIGNS =
  /\/temml\/src\/(?:symbols|macros|defineMacro|ParseError|utils|units|unicode\w+|replace)\.js$/

/** What Temml can do more expects a page's own `temml`; here each takes it from the library. */
const formulaParts: Plugin = {
  name: 'formula-parts',
  transform(code, id) {
    if (!/\/temml\/contrib\//.test(id)) return null
    return { code: `import temml from 'temml'\n${code}`, map: null }
  },
}

export default defineConfig({
  plugins: [
    leanVue,
    formulaParts,
    messages,
    uiFont,
    vue(),
    tailwindcss(),
    budget,
    early,
    compressed,
  ],
  resolve: {
    alias: [
      { find: '@', replacement: fileURLToPath(new URL('./src', import.meta.url)) },
      // Its sources: the one file that it ships brings all its parts, wanted or not.
      { find: /^temml$/, replacement: 'temml/temml.js' },
    ],
  },
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
    __INTLIFY_DROP_MESSAGE_COMPILER__: 'true',
  },
  // The sources of Temml, through the plugin above: what Vite bundles beforehand goes past it.
  optimizeDeps: { exclude: ['temml'] },
  // An inlined asset would be a data: URL, which the content policy refuses for fonts.
  build: {
    assetsInlineLimit: 0,
    target: 'es2022',
    modulePreload: { polyfill: false },
    // A phone pays for each file: the first view is one, and the small parts of pages are another.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'vue', test: /\/@vue\//, tags: ['$initial'], priority: 4 },
            { name: 'frame', test: /\/node_modules\//, tags: ['$initial'], priority: 3 },
            { name: 'first', tags: ['$initial'], priority: 2 },
            { name: 'kit', test: KIT, minShareCount: 2 },
            { name: 'signs', test: SIGNS },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': PROXY, '/static': PROXY } },
  test: {
    environment: 'happy-dom',
    environmentOptions: { happyDOM: { url: 'http://ondol.test/' } },
    include: ['src/**/*.test.ts'],
    isolate: false,
    setupFiles: ['src/testing/around.ts'],
    // Its sources are written for a bundler.
    server: { deps: { inline: ['temml'] } },
  },
})
