import type { Artifact } from '@/api/model'

export const WAYS = ['REST', 'curl', 'Python', 'ondol', 'hf'] as const
export type Way = (typeof WAYS)[number]

const AUTH = '-H "Authorization: Bearer $ONDOL_TOKEN"'
const python = (host: string) =>
  `from pathlib import Path\nfrom ondol import Client\n\nclient = Client("${host}")`
const line = (host: string, command: string) => `export ONDOL_URL=${host}\nondol ${command}`

/** A device file as the command line names it: onnx:int8. */
const formOf = (artifact: Artifact) => `${artifact.format}:${artifact.precision}`

/** How a program fetches a device file: each line runs as it stands, given a token. */
export function snippetsOf(host: string, id: string, artifact: Artifact): Record<Way, string> {
  const list = `/api/v1/models/${id}/artifacts`
  const rest = [
    '# 1  what there is, with digests',
    `GET ${list}`,
    'Authorization: Bearer $ONDOL_TOKEN',
    ...artifact.files.flatMap((file, index) => [
      '',
      `# ${index + 2}  ${file.path}, resumable`,
      `GET ${file.url}`,
      'Authorization: Bearer $ONDOL_TOKEN',
      'Range: bytes=0-',
    ]),
  ]
  const curl = artifact.files.map((file) =>
    [
      `curl ${AUTH} \\`,
      `  -C - -o ${file.path.split('/').pop() ?? file.path} \\`,
      `  "${host}${file.url}"`,
    ].join('\n'),
  )
  const python = [
    'import hashlib, json, os',
    'from urllib.request import Request, urlopen',
    '',
    'def get(path):',
    '    token = os.environ["ONDOL_TOKEN"]',
    '    headers = {"Authorization": "Bearer " + token}',
    `    return urlopen(Request("${host}" + path, headers=headers)).read()`,
    '',
    `rows = json.loads(get("${list}"))["results"]`,
    `files = next(row for row in rows if row["id"] == ${artifact.id})["files"]`,
    'for file in files:',
    '    content = get(file["url"])',
    '    assert hashlib.sha256(content).hexdigest() == file["sha256"]',
    '    open(os.path.basename(file["path"]), "wb").write(content)',
  ]
  return {
    REST: rest.join('\n'),
    curl: curl.join('\n'),
    Python: python.join('\n'),
    ondol: line(host, `pull ${id} --artifact ${formOf(artifact)}`),
    hf: hub(host, `hf download ${id}`),
  }
}

const hub = (host: string, command: string) =>
  `export HF_ENDPOINT=${host}/hf\nexport HF_TOKEN=$ONDOL_TOKEN\n${command}`

export interface Task {
  key: 'look' | 'fetch' | 'version' | 'push' | 'convert' | 'measure'
  code: Partial<Record<Way, string>>
}

interface Subject {
  host: string
  id: string
  ref: string
  /** What a program fetches and measures. */
  artifact: Artifact | undefined
  /** What conversions start from. */
  source: Artifact | undefined
}

/** What a program does with a model, in each way that can do it. */
export function tasksOf({ host, id, ref, artifact, source }: Subject): Task[] {
  const api = `${host}/api/v1`
  const model = `/api/v1/models/${id}`
  const json = '-H "Content-Type: application/json"'
  const form = artifact ? formOf(artifact) : 'onnx:fp32'
  const name = id.split('/').at(-1) ?? id
  const job = (body: string) => ({
    REST: `POST /api/v1/jobs\nAuthorization: Bearer $ONDOL_TOKEN\nContent-Type: application/json\n\n${body}`,
    curl: `curl ${AUTH} ${json} \\\n  -d '${body}' \\\n  "${api}/jobs"`,
  })
  // What every conversion begins with needs no test data.
  const [format, precision] = source?.format === 'onnx' ? ['openvino', 'fp32'] : ['onnx', 'fp32']
  const to = `${format}:${precision}`
  const convert = `{"kind": "convert", "artifact": ${source?.id ?? 1}, "target": {"format": "${format}", "precision": "${precision}"}}`
  const measure = `{"kind": "benchmark", "artifact": ${artifact?.id ?? 1}, "device": "DEVICE_ID"}`
  return [
    {
      key: 'look',
      code: {
        REST: `GET ${model}\nAuthorization: Bearer $ONDOL_TOKEN`,
        curl: `curl ${AUTH} "${host}${model}"`,
        Python: `${python(host)}\nprint(client.model("${id}"))`,
        ondol: line(host, `models show ${id}`),
        hf: hub(host, `hf models info ${id}`),
      },
    },
    ...(artifact?.files.length
      ? [{ key: 'fetch' as const, code: withoutHub(snippetsOf(host, id, artifact)) }]
      : []),
    {
      key: 'version',
      code: {
        REST: `GET ${model}/archive?ref=${ref}\nAuthorization: Bearer $ONDOL_TOKEN`,
        curl: `curl ${AUTH} -o ${name}.zip \\\n  "${host}${model}/archive?ref=${ref}"`,
        Python: `${python(host)}\nclient.pull("${id}", Path("${name}"), ref="${ref}")`,
        ondol: line(host, `pull ${id} --ref ${ref}`),
        hf: hub(host, `hf download ${id} --revision ${ref}`),
      },
    },
    {
      key: 'push',
      code: {
        Python: `${python(host)}\nclient.push("${id}", {"model.onnx": Path("model.onnx")}, message="Retrained")`,
        ondol: line(host, `push ${id} model.onnx README.md -m "Retrained"`),
        hf: hub(host, `hf upload ${id} ./folder .`),
      },
    },
    {
      key: 'convert',
      code: {
        ...job(convert),
        Python: `${python(host)}\njob = client.convert("${id}", "${to}")`,
        ondol: line(host, `convert ${id} --to ${to}`),
      },
    },
    {
      key: 'measure',
      code: {
        ...job(measure),
        Python: `${python(host)}\njob = client.benchmark("${id}", "${form}", "this-machine")`,
        ondol: line(host, `benchmark ${id} --artifact ${form} --device this-machine --max-p95 30`),
      },
    },
  ]
}

/** Hugging Face clients fetch a version, not one device file of it. */
function withoutHub(code: Record<Way, string>): Task['code'] {
  return Object.fromEntries(Object.entries(code).filter(([way]) => way !== 'hf'))
}
