import type { Strings } from '.'

/** Words of plans on SIMs that people have, in German; part of the catalogue. */
export const deSims: Pick<Strings, 'topUp' | 'subscription' | 'news'> = {
  topUp: {
    preparing: { title: 'Wir laden Ihre SIM auf', text: 'Das dauert nur einige Sekunden.' },
    added: {
      title: 'Ihr Datenvolumen ist da',
      text: 'Sie können es sofort nutzen. Es gibt nichts zu installieren.',
    },
    activated: { title: 'Ihre SIM ist aktiv', text: 'Ihr Datenvolumen ist da, und die SIM gehört Ihnen.' },
    renewed: { title: 'Ihr Abonnement ist verlängert', text: 'Der nächste Zeitraum ist bezahlt.' },
    handOver: 'Gehen Sie weiter, damit Windows davon erfährt und Ihr Guthaben zeigt.',
    again: 'Windows noch einmal mitteilen',
    cancelling: { title: 'Wir stornieren Ihre Bestellung', text: 'Das dauert nur einige Sekunden.' },
    renewalRefused: {
      title: 'Die Zahlung wurde abgelehnt',
      text: 'Es wurde nichts abgebucht, und das Abonnement ist beendet. Sie können jederzeit wieder einen Tarif wählen.',
    },
    trouble: {
      'sim-refused': {
        title: 'Diese SIM lässt sich hier nicht verwenden',
        text: 'Es wurde kein Datenvolumen gutgeschrieben, und Sie zahlen nichts.',
      },
      'line-refused': {
        title: 'Das Netz nimmt diese SIM nicht an',
        text: 'Es wurde kein Datenvolumen gutgeschrieben, und Sie zahlen nichts. Unser Support hilft gern.',
      },
      'capture-refused': {
        title: 'Ihr Datenvolumen ist da, die Zahlung nicht',
        text: 'Die Zahlung konnte nicht abgebucht werden. Unser Team kümmert sich darum; bitte bewahren Sie die Referenz auf.',
      },
      'asked-again': {
        title: 'Die Zahlung wurde abgelehnt',
        text: 'Wir versuchen es in einigen Stunden noch einmal. Ihr Datenvolumen bleibt bis zum Ende des bezahlten Zeitraums.',
      },
    },
    done: 'Erledigt',
  },
  subscription: {
    renews: (plan, date, price) => `${plan}: verlängert sich am ${date} für ${price}`,
    cancelled: (plan, date) => `${plan}: gekündigt, endet am ${date}`,
    refused: (plan, until) => `${plan}: Zahlung abgelehnt; wir versuchen es weiter bis ${until}`,
    endedRefused: (plan) => `${plan}: beendet, weil die Zahlung abgelehnt wurde`,
    ended: (plan) => `${plan}: beendet`,
    cancel: 'Abonnement kündigen',
    title: 'Abonnement kündigen?',
    what: (plan, end) => `${plan} auf SIM …${end}`,
    stays: (date) =>
      `Sie behalten Ihr Datenvolumen bis ${date}. Danach verlängert sich nichts, und es wird nichts mehr abgebucht.`,
    done: (date) =>
      `Ihr Abonnement ist gekündigt. Sie behalten Ihr Datenvolumen bis ${date}; es wird nichts mehr abgebucht.`,
    keep: 'Behalten',
  },
  news: {
    low: (end) => `SIM …${end}: fast verbraucht`,
    lowText: (left, total) => `${left} von ${total} sind übrig. Laden Sie auf, damit es ohne Pause weitergeht.`,
    none: (end) => `SIM …${end}: Ihr Datenvolumen ist verbraucht`,
    noneText: 'Laden Sie auf, um weiterzumachen. Das geht auch jetzt.',
    ending: (end, date) => `SIM …${end}: Ihre Zeit endet am ${date}`,
    endingText: (left) => `Bis dahin sind ${left} übrig. Mit einem weiteren Tarif geht es ohne Pause weiter.`,
    ended: (end, date) => `SIM …${end}: Ihr Tarif ist am ${date} abgelaufen`,
    endedText: 'Ihre SIM bleibt Ihre. Laden Sie auf, um weiterzumachen.',
    renews: (date) => `Ihr Abonnement verlängert sich am ${date}`,
    renewsText: (plan, end, price) =>
      `${plan} auf SIM …${end} läuft weiter. Wir buchen kurz vorher ${price} ab. Sie müssen nichts tun; unter „Meine Tarife“ können Sie kündigen.`,
    refused: 'Die Zahlung für Ihr Abonnement wurde abgelehnt',
    refusedText: (plan, end, until, stays) =>
      `${plan} auf SIM …${end}: Sie behalten Ihr Datenvolumen bis ${stays}. Wir versuchen es weiter bis ${until}; bitte sorgen Sie dafür, dass Ihre Zahlungsart funktioniert, oder kündigen Sie das Abonnement.`,
    over: 'Ihr Abonnement ist beendet',
    overRefusedText: (plan, end) =>
      `${plan} auf SIM …${end} wurde nicht verlängert, weil die Zahlung abgelehnt wurde. Es wurde nichts abgebucht und wird nichts mehr abgebucht. Laden Sie auf, um weiterzumachen.`,
    overText: (plan, end) =>
      `${plan} auf SIM …${end} wurde wunschgemäß nicht verlängert. Es wird nichts mehr abgebucht. Laden Sie auf, um weiterzumachen.`,
  },
}
