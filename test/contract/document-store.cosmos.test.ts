import { cosmosConnectionString } from '../../local/cosmos'
import { createCosmosDocumentStore } from '../../shared/platform/cosmos-document-store'
import { useCosmos } from '../support/cosmos-server'
import { freePort } from '../support/free-port'
import { silentPort } from '../support/outages'
import { documentStoreContract } from './document-store.contract'

const cosmos = await useCosmos()
const [closed, silent] = [await freePort(), await silentPort()]
const now = () => new Date('2027-03-01T12:00:00.000Z')
const onPort = (port: number) => ({ connectionString: cosmosConnectionString(port) })

documentStoreContract('Cosmos DB', {
  open: (clock) => createCosmosDocumentStore({ ...cosmos, now: clock }),
  openUnreachable: () => createCosmosDocumentStore({ account: onPort(closed), now }),
  openSilent: () => createCosmosDocumentStore({ account: onPort(silent), now, timeoutMs: 300 }),
  documentsForPaging: 250,
})
