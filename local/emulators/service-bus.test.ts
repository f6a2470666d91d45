import { expect, test } from 'vitest'
import { serviceBusEmulatorConfig } from './service-bus'

test('the emulator is told of the very queues that the app declares', async () => {
  await expect(`${JSON.stringify(serviceBusEmulatorConfig(), null, 2)}\n`).toMatchFileSnapshot('service-bus.json')
})
