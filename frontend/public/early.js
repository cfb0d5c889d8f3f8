// Runs before the first paint and before the portal's own script has come.
;(function () {
  var root = document.documentElement

  // A dark page never flashes white, and what is read aloud has its language.
  var theme = localStorage.getItem('ondol.theme')
  var dark = theme ? theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches
  root.dataset.theme = dark ? 'dark' : 'light'
  var locale = localStorage.getItem('ondol.locale')
  if (locale !== 'ko' && locale !== 'en') locale = navigator.language.startsWith('ko') ? 'ko' : 'en'
  root.lang = locale

  // What this page will ask for is asked for now. The portal asks again as if nothing had been:
  // the browser gives it these answers where the address is the same.
  function ask(rel, href, as) {
    var link = document.createElement('link')
    link.rel = rel
    link.href = href
    if (as) link.as = as
    link.crossOrigin = 'anonymous'
    document.head.append(link)
  }
  var parts = location.pathname.split('/').slice(1)
  var page = parts[0] === '' ? 'entry' : parts[0] !== 'models' ? '' : 'models'
  if (page === 'models' && parts.length > 1) page = parts.length === 3 ? 'model' : ''

  // Scripts first, for nothing is shown without them.
  var files = JSON.parse(document.currentScript.dataset.files || '{}')
  // The portal's letters come after its first page, but are at hand for the next one of this tab.
  var here = sessionStorage.getItem('ondol.letters')
  var letters = here ? (here === 'hangul' ? ['letters', 'hangul'] : ['letters']) : []
  var more = page === 'model' ? '-model' : location.search ? '-rest' : ''
  ;[page, locale + '-first', more && locale + more].concat(letters).forEach(function (name) {
    ;(files[name] || []).forEach(function (file) {
      if (/woff2$/.test(file)) ask('preload', file, 'font')
      else if (/css$/.test(file)) ask('stylesheet', file)
      else ask('modulepreload', file)
    })
  })

  ask('preload', '/api/v1/session', 'fetch')
  // Only where the portal answered this browser before: a visitor may have nothing to see.
  var reads = localStorage.getItem('ondol.reads')
  if (!reads) return
  var device = JSON.parse(localStorage.getItem('ondol.device') || 'null')
  var names = ((device && device.names) || []).map(function (name) {
    return 'for_device=' + encodeURIComponent(name)
  })
  var query = names.length ? '?' + names.join('&') : ''
  if (page === 'entry') {
    ask('preload', '/api/v1/model-groups' + query, 'fetch')
    ask('preload', '/api/v1/contexts?q=&limit=7', 'fetch')
    if (reads === 'steps' && localStorage.getItem('ondol.firstSteps') !== 'dismissed')
      ask('preload', '/api/v1/first-steps', 'fetch')
  }
  if (page === 'models' && !location.search) ask('preload', '/api/v1/models' + query, 'fetch')
  if (page === 'models' || page === 'model') ask('preload', '/api/v1/service-types', 'fetch')
  if (page !== 'model') return
  // Handed over to the portal, for what there is to ask next depends on the answer: a model
  // that is missing or has no files has no parts, and asking for them would be refused.
  var path = location.origin + '/api/v1/models/' + parts[1] + '/' + parts[2]
  var answer = fetch(path)
  var filled = answer
    .then(function (response) {
      return response.ok ? response.clone().json() : {}
    })
    .then(
      function (model) {
        return Boolean(model.head)
      },
      function () {
        return false
      },
    )
  window.ondolEarly = new Map([[path, answer]])
  ;['/refs', '/readme', '/artifacts', '/benchmarks', '/files?ref=main'].forEach(function (part) {
    var url = path + part
    window.ondolEarly.set(
      url,
      filled.then(function (some) {
        return some ? fetch(url) : Response.error()
      }),
    )
  })
})()
