/** Plans of the three kinds of delivery. A test changes what it is about. */
import type { Plan } from '../../shared/domain/plan'

export const inlinePlan: Plan = {
  id: 'test-inline',
  name: { en: 'Test 5 GB' },
  description: { en: 'For tests' },
  kind: 'payg',
  price: { amountMinor: 999, currency: 'EUR', taxRate: 19 },
  dataMB: 5120,
  duration: 'P30D',
  markets: ['*'],
  downloadAfter: 0,
  registerAfter: 0,
  profileType: 'consumer',
}
export const delayedPlan: Plan = { ...inlinePlan, id: 'test-delayed', downloadAfter: 30 }
export const asynchronousPlan: Plan = { ...inlinePlan, id: 'test-async', registerAfter: 60 }
