/** The parts that `uiFont.ts` uses; the packages ship no types. */
declare module 'subset-font' {
  interface Options {
    targetFormat: 'truetype'
    variationAxes: Record<string, { min: number; max: number }>
    keepFeatures: string[]
    noHinting: boolean
  }
  export default function subsetFont(
    font: Uint8Array,
    text: string,
    options: Options,
  ): Promise<Buffer>
}

declare module 'fontverter' {
  export function convert(font: Uint8Array, format: 'woff2'): Promise<Buffer>
}
