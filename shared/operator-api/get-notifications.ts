/** GetNotifications: which notification an SMS of the operator leads to (Mobile Plans "Notifications"). */
import { type NotificationsRequest, parseNotificationsRequest } from '../domain/promotion-requests'
import { type NotificationRules, notificationsFor } from '../domain/promotions'
import type { Clock } from '../platform/ports'
import type { Operation } from './answer-operation'

export interface GetNotificationsParts {
  clock: Clock
  rules: () => Promise<NotificationRules>
}

/** The operation. The documents' text names the id alone, their sample id and type: both are sent. */
export function getNotifications({ clock, rules }: GetNotificationsParts): Operation<NotificationsRequest> {
  return {
    name: 'notifications',
    parse: parseNotificationsRequest,
    async answer(sim, { type, typeAsReceived, limit }) {
      const ids = notificationsFor(sim, type, clock(), await rules())
      return {
        notifications: ids
          .slice(0, limit)
          .map((notificationId) => ({ notificationId, notificationType: typeAsReceived })),
      }
    },
  }
}
