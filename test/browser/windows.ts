/** A Windows PC in a test: its control, and the steps that a person takes in the portal. */
import { mkdir, writeFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import type { DeviceState, TrafficEntry } from '../../local/windows/model'
import type { SettingsInput } from '../../local/windows/settings'
import { eventually, type Stack } from '../support/stack'

export type Device = DeviceState & { id: string; traffic: TrafficEntry[] }

export interface Pc {
  launchUrl: string
  state(): Promise<Device>
  /** Waits until the PC's state fits. */
  until(what: string, fits: (device: Device) => boolean, withinMs?: number): Promise<Device>
  command(action: string, body?: object): Promise<Record<string, unknown>>
}

export async function createPc(stack: Stack, settings: SettingsInput): Promise<Pc> {
  const post = async (path: string, body: object) => {
    const answer = await fetch(`${stack.windowsUrl}/control${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as Record<string, unknown>
  }
  const created = await post('/devices', { eid: stack.eid, ...settings })
  const id = String(created.id)
  const state = async () => (await (await fetch(`${stack.windowsUrl}/control/devices/${id}`)).json()) as Device
  return {
    launchUrl: String(created.launchUrl),
    state,
    until: (what, fits, withinMs) =>
      eventually(
        what,
        async () => {
          const device = await state()
          return fits(device) ? device : undefined
        },
        withinMs,
      ),
    command: (action, body = {}) => post(`/devices/${id}/${action}`, body),
  }
}

/** From the launch to the list of plans. */
export async function signIn(page: Page, pc: Pc, stack: Stack): Promise<void> {
  await page.goto(pc.launchUrl)
  const signInLink = page.getByRole('link', { name: 'Sign in' }).first()
  if (!(await page.getByLabel('Password').isVisible())) await signInLink.click()
  await page.getByLabel('Email address').fill(stack.account.email)
  await page.getByLabel('Password').fill(stack.account.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { level: 1, name: 'What would you like to do?' }).waitFor()
}

/** Chooses a plan and goes on to the review. */
export async function choose(page: Page, planName: string): Promise<void> {
  await page.getByRole('link', { name: 'New plan for this PC' }).click()
  await page.getByText(planName, { exact: true }).click()
  await page.getByRole('button', { name: 'Next' }).click()
}

/** Accepts the terms and presses Buy. */
export async function buy(page: Page): Promise<void> {
  await page.getByRole('checkbox').check()
  await page.getByRole('button', { name: /obligation to pay/ }).click()
  await page.waitForURL(/\/portal\/orders\/[0-9a-z]{26}/)
}

/** What a failed test leaves behind in `.local/failures`: the page as it looked, and the app's log. */
export async function keepEvidence(page: Page, stack: Stack, name: string): Promise<void> {
  const file = `.local/failures/${name.replace(/\W+/g, '-').slice(0, 60)}`
  await mkdir('.local/failures', { recursive: true })
  await page.screenshot({ path: `${file}.png`, fullPage: true })
  await writeFile(`${file}.log`, stack.log())
}
