/** Words of pages that only tell, in English; part of the catalogue. */
export const enTexts = {
  text: {
    help: 'Help',
    terms: 'Terms of service',
    privacy: 'Privacy',
    contact: 'Contact',
    email: 'Email',
    phone: 'Phone',
    hours: 'Hours',
    web: 'Web',
    quote: 'Please have the reference of your order at hand.',
    questions: [
      {
        question: 'How do I install the eSIM?',
        answer:
          'Open your order and choose Install. On Windows 11 version 24H2 or later, Settings opens by itself; otherwise enter the code in Settings › Network & internet › Cellular › eSIM profiles.',
      },
      {
        question: 'The download stopped. What now?',
        answer:
          'Connect to Wi-Fi and install again from your order. It costs nothing more, and the same code works until the eSIM is installed.',
      },
      {
        question: 'I installed it, but I am not online.',
        answer:
          'It may take a few minutes. Then check in Settings that cellular is on and that the new eSIM is the one in use.',
      },
      {
        question: 'Can I cancel?',
        answer:
          'Yes. Until the eSIM is installed, cancel from your order and you pay nothing. A subscription can be cancelled at any time under “My plans”.',
      },
    ],
  },
  message: {
    'not-found': {
      title: 'This page does not exist',
      text: 'The address may be mistyped, or the page is not yours to see.',
    },
    method: { title: 'That is not possible here', text: 'Please go on from the start page.' },
    'bad-launch': {
      title: 'We cannot read the details of your PC',
      text: 'The app sent something that we do not understand. Please start again from the Mobile Plans app.',
    },
    'session-ended': {
      title: 'You have been signed out',
      text: 'You were away for a while. Please sign in again; your orders are safe.',
    },
    'form-expired': {
      title: 'This form is too old',
      text: 'Nothing was sent. Please go back to the page and try again.',
    },
    'too-large': { title: 'That was too much', text: 'What was sent is larger than we accept.' },
    busy: { title: 'We are very busy', text: 'Please try again in a moment. Nothing is lost.' },
    fault: {
      title: 'Something went wrong on our side',
      text: 'We have been told. Please try again; an order that was placed is not lost and not charged twice.',
    },
    'identity-needed': {
      title: 'We need to know who you are',
      text: 'Before you can buy, your identity must be confirmed. Nothing was ordered and nothing was charged. Do what is needed, then try again; your choices are kept.',
    },
    'identity-refused': {
      title: 'We cannot sell you this plan',
      text: 'The check of your identity does not allow it. Nothing was ordered and nothing was charged.',
    },
    'identity-unknown': {
      title: 'We cannot check your identity at the moment',
      text: 'Nothing was ordered and nothing was charged. Please try again in a minute; your choices are kept.',
    },
    'signed-out': { title: 'You are signed out', text: 'You may close this page.' },
    cancelled: { title: 'Cancelled', text: 'Nothing was bought and nothing was charged.' },
    'sim-unusable': {
      title: 'This SIM cannot be used here',
      text: 'We cannot put a plan on the SIM card in your PC with this account. Cancel to go back to Windows, or ask our support.',
    },
  },
}
