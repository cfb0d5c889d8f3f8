import { api, unwrap } from './client'

/** Makes a model of an uploaded archive; without a name it is called what it was called there. */
export function importArchive(upload_id: string, owner: string, name: string) {
  const body = { upload_id, owner, ...(name ? { name } : {}) }
  return unwrap(api.POST('/api/v1/archives', { body }))
}
