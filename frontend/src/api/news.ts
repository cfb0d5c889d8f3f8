import { api, unwrap, type Schemas } from './client'

export type Notice = Schemas['NoticeOut']
export type Webhook = Schemas['WebhookOut']
export type NewWebhook = Schemas['NewWebhookOut']
export type Delivery = Schemas['DeliveryOut']
export type Topic = Webhook['topics'][number]

export const TOPICS: Topic[] = ['job', 'version', 'alias', 'device']

export function fetchNotices(query: { unread?: boolean; cursor?: number }) {
  return unwrap(api.GET('/api/v1/notices', { params: { query } }))
}

/** Marks the named notices as read, or all. */
export function readNotices(ids?: number[]) {
  return unwrap(api.POST('/api/v1/notices/read', { body: ids ? { ids } : {} }))
}

export async function fetchWebhooks(): Promise<Webhook[]> {
  return (await unwrap(api.GET('/api/v1/webhooks'))).results
}

export function fetchWebhook(webhook_id: string): Promise<Webhook> {
  return unwrap(api.GET('/api/v1/webhooks/{webhook_id}', { params: { path: { webhook_id } } }))
}

export function createWebhook(body: Schemas['WebhookInRequest']): Promise<NewWebhook> {
  return unwrap(api.POST('/api/v1/webhooks', { body }))
}

export function changeWebhook(
  webhook_id: string,
  body: Schemas['PatchedWebhookChangeRequest'],
): Promise<Webhook> {
  const params = { path: { webhook_id } }
  return unwrap(api.PATCH('/api/v1/webhooks/{webhook_id}', { params, body }))
}

export function deleteWebhook(webhook_id: string) {
  return unwrap(api.DELETE('/api/v1/webhooks/{webhook_id}', { params: { path: { webhook_id } } }))
}

export function pingWebhook(webhook_id: string): Promise<Delivery> {
  const params = { path: { webhook_id } }
  return unwrap(api.POST('/api/v1/webhooks/{webhook_id}/ping', { params }))
}

export async function fetchDeliveries(webhook_id: string): Promise<Delivery[]> {
  const params = { path: { webhook_id } }
  return (await unwrap(api.GET('/api/v1/webhooks/{webhook_id}/deliveries', { params }))).results
}

export function redeliver(webhook_id: string, delivery_id: number): Promise<Delivery> {
  const path = '/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver'
  return unwrap(api.POST(path, { params: { path: { webhook_id, delivery_id } } }))
}
