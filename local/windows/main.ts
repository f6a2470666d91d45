/** `node main.js --port 7072 --portal-url … --smdp-url … --provisioning-url …`: the Windows simulator as a process of its own. */
import { parseArgs } from 'node:util'
import { startWindows } from './server'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '7072' },
    'portal-url': { type: 'string', default: 'http://127.0.0.1:7071' },
    'smdp-url': { type: 'string', default: 'http://127.0.0.1:7073' },
    'provisioning-url': { type: 'string', default: 'http://127.0.0.1:7074' },
    // Host name that activation codes must carry; left out: any.
    'smdp-host': { type: 'string' },
    // ICCID of the SIM card in a PC whose description names none.
    card: { type: 'string' },
    // user:password for GetBalance.
    'balance-basic': { type: 'string' },
    // Base64 of the DER certificate, as a front end in Azure forwards it.
    'balance-certificate': { type: 'string' },
  },
})

const windows = await startWindows({
  port: Number(values.port),
  portalUrl: values['portal-url'],
  smdpUrl: values['smdp-url'],
  provisioningUrl: values['provisioning-url'],
  smdpHost: values['smdp-host'],
  cardIccid: values.card,
  balanceAccess: { basic: values['balance-basic'], clientCertificate: values['balance-certificate'] },
})
process.stdout.write(`Windows simulator ready at ${windows.url}\n`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    windows.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  })
}
