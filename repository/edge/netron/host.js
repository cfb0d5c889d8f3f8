// Starts Netron as a guest: it opens the file that its address names and speaks to nobody else.
import { Host } from './browser.js'
import { View } from './view.js'

// What belongs to the file, such as its weights, each by a signed address of its own.
const told = new URLSearchParams(window.location.search).get('beside') ?? '{}'
const beside = new Map(Object.entries(JSON.parse(told)))

class Guest extends Host {
  // Netron's own asks for the reader's country, for consent and for updates, then reports.
  async view(view) {
    this._view = view
  }

  event() {}

  exception() {}

  openURL() {}

  // Netron guesses at what lies beside a file; what is not there is not asked for.
  async fetch(file, encoding) {
    if (!beside.has(file)) throw new Error(`${file} does not belong to this file.`)
    return this._fetch(beside.get(file), null, encoding)
  }

  worker() {
    return new Worker(layout, { type: 'module' })
  }
}

// A worker in a page without an origin may load nothing, so it is one file: what lays out, and who asks.
const answer = `
self.addEventListener('message', ({ data }) => {
  try {
    dagre.layout(data.nodes, data.edges, data.layout, data.state)
    self.postMessage(data)
  } catch (error) {
    self.postMessage({ type: 'error', message: error.message })
  }
})`
const theirs = await (await fetch('dagre.js')).text()
const layout = `data:text/javascript;charset=utf-8,${encodeURIComponent(theirs + answer)}`

/** Netron follows the system's theme; here that of the page around it is asked for. */
function dress(theme) {
  const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])
  for (const rule of rules) {
    if (rule.media?.mediaText.includes('prefers-color-scheme: dark')) {
      rule.media.mediaText = theme === 'dark' ? 'all' : 'not all'
    }
  }
}

function fail(error) {
  document.getElementById('message-text').innerText = error.message
  document.getElementById('message-button').style.display = 'none'
  document.body.className = 'alert'
}

window.addEventListener('error', (event) => fail(event.error ?? event))
dress(new URLSearchParams(window.location.search).get('theme'))
new View(new Guest()).start().catch(fail)
