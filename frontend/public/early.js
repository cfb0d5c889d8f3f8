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

  ask('preload', '/api/v1/session', 'fetch')
  var device = JSON.parse(localStorage.getItem('ondol.device') || 'null')
  var names = ((device && device.names) || []).map(function (name) {
    return 'for_device=' + encodeURIComponent(name)
  })
  var query = names.length ? '?' + names.join('&') : ''
  // Only where the portal answered this browser before: a visitor may have nothing to see.
  var reads = localStorage.getItem('ondol.reads')
  if (reads) {
    if (page === 'entry') {
      ask('preload', '/api/v1/model-groups' + query, 'fetch')
      ask('preload', '/api/v1/contexts?q=&limit=7', 'fetch')
      if (reads === 'steps' && localStorage.getItem('ondol.firstSteps') !== 'dismissed')
        ask('preload', '/api/v1/first-steps', 'fetch')
    }
    if (page === 'models' && !location.search) ask('preload', '/api/v1/models' + query, 'fetch')
    if (page === 'model') ask('preload', '/api/v1/models/' + parts[1] + '/' + parts[2], 'fetch')
  }

  var files = JSON.parse(document.currentScript.dataset.files || '{}')
  var more = page === 'model' || location.search ? locale + '-rest' : ''
  ;[page, locale, more].forEach(function (name) {
    ;(files[name] || []).forEach(function (file) {
      if (/woff2$/.test(file)) ask('preload', file, 'font')
      else ask('modulepreload', file)
    })
  })
})()
