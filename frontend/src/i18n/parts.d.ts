declare module '*.json?first' {
  const messages: Partial<typeof import('./en.json')>
  export default messages
}
declare module '*.json?model' {
  const messages: Partial<typeof import('./en.json')>
  export default messages
}
declare module '*.json?rest' {
  const messages: Partial<typeof import('./en.json')>
  export default messages
}
