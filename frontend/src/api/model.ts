import { api, unwrap, type Schemas } from './client'

export type Readme = Schemas['ReadmeOut']
export type ModelFile = Schemas['FileOut']
export type Artifact = Schemas['ArtifactOut']
export type Graph = Schemas['GraphOut']
export type GraphNode = Schemas['NodeOut']
export type OperatorTimes = Schemas['OperatorTimesOut']
export type OperatorErrors = Schemas['OperatorErrorsOut']
export type Benchmark = Schemas['BenchmarkOut']
export type Target = Schemas['TargetOut']
export type EvaluationSet = Schemas['EvaluationSetOut']

const at = (owner: string, name: string) => ({ params: { path: { owner, name } } })

/** A model without a README is told by an empty one. */
function readReadme(owner: string, name: string, query = {}) {
  const params = { ...at(owner, name).params, query }
  return unwrap(api.GET('/api/v1/models/{owner}/{name}/readme', { params }))
}

export const README = 'README.md'

export function fetchReadme(owner: string, name: string): Promise<Readme> {
  return readReadme(owner, name)
}

export function fetchGraph(owner: string, name: string, artifact?: number): Promise<Graph> {
  const params = { ...at(owner, name).params, query: artifact ? { artifact } : {} }
  return unwrap(api.GET('/api/v1/models/{owner}/{name}/graph', { params }))
}

export async function fetchOperatorTimes(owner: string, name: string): Promise<OperatorTimes[]> {
  const call = api.GET('/api/v1/models/{owner}/{name}/operator-times', at(owner, name))
  return (await unwrap(call)).results
}

export async function fetchOperatorErrors(owner: string, name: string): Promise<OperatorErrors[]> {
  const call = api.GET('/api/v1/models/{owner}/{name}/operator-errors', at(owner, name))
  return (await unwrap(call)).results
}

export function fetchRawView(
  owner: string,
  name: string,
  artifact?: number,
): Promise<Schemas['RawViewOut']> {
  const params = { ...at(owner, name).params, query: artifact ? { artifact } : {} }
  return unwrap(api.GET('/api/v1/models/{owner}/{name}/raw-view', { params }))
}

export async function fetchFiles(owner: string, name: string, ref = 'main'): Promise<ModelFile[]> {
  const params = { path: { owner, name }, query: { ref } }
  return (await unwrap(api.GET('/api/v1/models/{owner}/{name}/files', { params }))).results
}

export async function fetchArtifacts(owner: string, name: string): Promise<Artifact[]> {
  return (await unwrap(api.GET('/api/v1/models/{owner}/{name}/artifacts', at(owner, name)))).results
}

export async function fetchBenchmarks(owner: string, name: string): Promise<Benchmark[]> {
  const call = api.GET('/api/v1/models/{owner}/{name}/benchmarks', at(owner, name))
  return (await unwrap(call)).results
}

export async function fetchTargets(artifact_id: number): Promise<Target[]> {
  const params = { path: { artifact_id } }
  return (await unwrap(api.GET('/api/v1/artifacts/{artifact_id}/targets', { params }))).results
}

export async function fetchEvaluationSets(): Promise<EvaluationSet[]> {
  return (await unwrap(api.GET('/api/v1/evaluation-sets'))).results
}

export function commitFiles(
  owner: string,
  name: string,
  message: string,
  files: { path: string; upload_id: string }[],
  parent = '',
) {
  const body = { message, files, branch: 'main', ...(parent ? { parent } : {}) }
  return unwrap(api.POST('/api/v1/models/{owner}/{name}/commits', { ...at(owner, name), body }))
}

/** A README as it will look; pictures are those of a model that has them already. */
export function previewReadme(text: string, model?: string): Promise<Readme> {
  const body = model ? { text, model } : { text }
  return unwrap(api.POST('/api/v1/readme-preview', { body }))
}

/** The text of a file, by the address of its bytes. */
export function fetchFileText(address: string): Promise<string> {
  return unwrap(
    fetch(address).then(async (response) =>
      response.ok
        ? { response, data: await response.text() }
        : { response, error: (await response.json()) as unknown },
    ),
  )
}

/** The text of a README as it was written; a model may have none. */
export async function fetchReadmeText(owner: string, name: string, ref: string): Promise<string> {
  return (await readReadme(owner, name, { ref, text: true })).text ?? ''
}
