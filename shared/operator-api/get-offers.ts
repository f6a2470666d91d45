/** GetOffers: which gateway page a device is shown (Mobile Plans "Gateway"). */
import type { GatewaysConfig } from '../domain/gateway-schema'
import { type OffersRequest, parseOffersRequest } from '../domain/promotion-requests'
import { defaultGateway, gatewaysFor } from '../domain/promotions'
import type { Clock } from '../platform/ports'
import type { Operation } from './answer-operation'

export interface GetOffersParts {
  clock: Clock
  gateways: () => Promise<GatewaysConfig>
}

/** The operation. A person waits for it: where the SIM cannot be read, the default page is shown. */
export function getOffers({ clock, gateways }: GetOffersParts): Operation<OffersRequest> {
  const render = (ids: readonly string[], limit: number) => ({
    offers: ids.slice(0, limit).map((gatewayId) => ({ gatewayId })),
  })
  return {
    name: 'offers',
    parse: parseOffersRequest,
    answer: async (sim, { iccid, imei, limit }) =>
      render(gatewaysFor(sim, imei ?? iccid, clock(), await gateways()), limit),
    withoutStore: async ({ limit }) => render([defaultGateway(await gateways())], limit),
  }
}
