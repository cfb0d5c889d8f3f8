// Runs before the first paint, so that a dark page never flashes white.
;(function () {
  var chosen = localStorage.getItem('ondol.theme')
  var dark = chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
})()
