import type { Artifact } from '@/api/model'

function time(artifact: Artifact): number {
  return Math.min(...artifact.figures.map((figure) => figure.p50_ms))
}

/** The device file to offer first: the fastest that was measured, else the newest. */
export function bestOf(artifacts: Artifact[]): Artifact | undefined {
  const measured = artifacts.filter((artifact) => artifact.figures.length)
  return measured.sort((one, other) => time(one) - time(other))[0] ?? artifacts.at(-1)
}

/** A device file may be several files; a browser is handed each. */
export function download(artifact: Artifact) {
  for (const file of artifact.files) {
    const link = document.createElement('a')
    link.href = file.url
    link.download = ''
    link.click()
  }
}
