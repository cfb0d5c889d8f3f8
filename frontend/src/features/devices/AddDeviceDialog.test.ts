import { describe, expect, it, vi } from 'vitest'
import AddDeviceDialog from './AddDeviceDialog.vue'
import { answers, byRole, click, refuses, settle, show, type } from '@/testing/portal'

const INVITED = {
  id: 'r1',
  name: 'gate',
  state: 'waiting',
  code_expires_at: null,
  last_seen_at: null,
  devices: [],
}

async function invite() {
  answers('get', '/api/v1/devices', { results: [] })
  await show(AddDeviceDialog)
  await type(byRole('textbox', 'Name of the machine'), 'gate')
  await click(byRole('button', 'Make the command'))
}

describe('adding a device', () => {
  it('gives one command and turns green by itself', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'setTimeout'], shouldAdvanceTime: true })
    answers('post', '/api/v1/runners', {
      ...INVITED,
      code: 'oc_1',
      command: 'curl -fsSL http://ondol/runner/install.sh | sh -s -- --code oc_1',
      script_sha256: '0123abcd',
    })
    answers('get', '/api/v1/runners/r1', INVITED)
    await invite()
    expect(byRole('dialog').textContent).toContain('install.sh | sh -s -- --code oc_1')
    expect(byRole('dialog').textContent).toContain('0123abcd')
    expect(byRole('dialog').textContent).toContain('Ready to measure')

    answers('get', '/api/v1/runners/r1', { ...INVITED, state: 'connected', devices: ['gate-1'] })
    await vi.advanceTimersByTimeAsync(2000)
    await settle()
    vi.useRealTimers()

    expect(byRole('dialog').textContent).toContain('Connected: gate-1')
  })

  it('says beside the name why it is refused', async () => {
    refuses('post', '/api/v1/runners', 400, 'invalid', 'No.', { name: ['Give it a name.'] })
    await invite()

    const help = byRole('textbox', 'Name of the machine').getAttribute('aria-describedby') ?? ''
    expect(document.getElementById(help)?.textContent).toContain('Give it a name.')
  })
})
