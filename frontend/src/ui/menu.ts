export interface MenuEntry {
  label: string
  hint?: string
  checked?: boolean
  run: () => void
}
