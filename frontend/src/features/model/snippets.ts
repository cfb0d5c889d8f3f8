import type { Artifact } from '@/api/model'

/** How a program fetches a device file: each line runs as it stands, given a token. */
export function snippetsOf(host: string, id: string, artifact: Artifact) {
  const list = `/api/v1/models/${id}/artifacts`
  const rest = [
    '# 1  what there is, with digests',
    `GET ${list}`,
    'Authorization: Bearer $ONDOL_TOKEN',
    ...artifact.files.flatMap((file) => [
      '',
      `# 2  ${file.path}, resumable`,
      `GET ${file.url}`,
      'Authorization: Bearer $ONDOL_TOKEN',
      'Range: bytes=0-',
    ]),
  ]
  const curl = artifact.files.map((file) =>
    [
      'curl -H "Authorization: Bearer $ONDOL_TOKEN" \\',
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
  return { REST: rest.join('\n'), curl: curl.join('\n'), Python: python.join('\n') }
}
