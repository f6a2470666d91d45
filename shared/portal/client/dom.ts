/** The element with this id. */
export const byId = (id: string): HTMLElement | null => document.getElementById(id)
