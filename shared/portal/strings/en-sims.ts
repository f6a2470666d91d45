/** Words of plans on SIMs that people have, in English; part of the catalogue. */
export const enSims = {
  /** Instead of the above where a plan is put on a SIM that people have. */
  topUp: {
    preparing: { title: 'We are adding your data', text: 'This takes a few seconds.' },
    added: { title: 'Your data is there', text: 'You can use it at once. There is nothing to install.' },
    activated: { title: 'Your SIM is active', text: 'Your data is there, and the SIM is yours.' },
    renewed: { title: 'Your subscription is renewed', text: 'The next period is paid for.' },
    handOver: 'Continue to tell Windows, which then shows your balance.',
    again: 'Tell Windows again',
    cancelling: { title: 'We are cancelling your order', text: 'This takes a few seconds.' },
    renewalRefused: {
      title: 'The payment was refused',
      text: 'Nothing was charged, and the subscription has ended. You can choose a plan again at any time.',
    },
    trouble: {
      'sim-refused': { title: 'This SIM cannot be used here', text: 'No data was added, and you pay nothing.' },
      'line-refused': {
        title: 'The network does not accept this SIM',
        text: 'No data was added, and you pay nothing. Our support is glad to help.',
      },
      'capture-refused': {
        title: 'Your data is there; the payment is not',
        text: 'The payment could not be collected. Our staff look into it; please keep the reference.',
      },
      'asked-again': {
        title: 'The payment was refused',
        text: 'We ask again in some hours. Your data stays until the period that you have paid for ends.',
      },
    },
    /** In lists. */
    done: 'Done',
  },
  subscription: {
    renews: (plan: string, date: string, price: string) => `${plan}: renews on ${date} for ${price}`,
    cancelled: (plan: string, date: string) => `${plan}: cancelled, ends on ${date}`,
    refused: (plan: string, until: string) => `${plan}: payment refused; we’ll ask again until ${until}`,
    endedRefused: (plan: string) => `${plan}: ended, as the payment was refused`,
    ended: (plan: string) => `${plan}: ended`,
    cancel: 'Cancel subscription',
    title: 'Cancel your subscription?',
    what: (plan: string, end: string) => `${plan} on SIM …${end}`,
    stays: (date: string) => `You keep your data until ${date}. It is not renewed, and nothing more is collected.`,
    done: (date: string) =>
      `Your subscription is cancelled. You keep your data until ${date}; nothing more is collected.`,
    keep: 'Keep it',
  },
  /** What people are told of their lines when they come by. */
  news: {
    low: (end: string) => `SIM …${end}: almost used up`,
    lowText: (left: string, total: string) => `${left} of ${total} are left. Add data to go on without a break.`,
    none: (end: string) => `SIM …${end}: your data is used up`,
    noneText: 'Add data to go on. You can do so even now.',
    ending: (end: string, date: string) => `SIM …${end}: your time ends on ${date}`,
    endingText: (left: string) => `${left} are left until then. Add a plan to go on without a break.`,
    ended: (end: string, date: string) => `SIM …${end}: your plan ended on ${date}`,
    endedText: 'Your SIM stays yours. Add data to go on.',
    renews: (date: string) => `Your subscription renews on ${date}`,
    renewsText: (plan: string, end: string, price: string) =>
      `${plan} on SIM …${end} goes on. We collect ${price} shortly before. Nothing to do; under “My plans” you can cancel it.`,
    refused: 'The payment for your subscription was refused',
    refusedText: (plan: string, end: string, until: string, stays: string) =>
      `${plan} on SIM …${end}: you keep your data until ${stays}. We ask again until ${until}; please see that your way to pay works, or cancel the subscription.`,
    over: 'Your subscription has ended',
    overRefusedText: (plan: string, end: string) =>
      `${plan} on SIM …${end} was not renewed, as the payment was refused. Nothing was charged, and nothing more is collected. Add data to go on.`,
    overText: (plan: string, end: string) =>
      `${plan} on SIM …${end} was not renewed, as you wished. Nothing more is collected. Add data to go on.`,
  },
}
