export async function portal(_root: string) {
  return []
}
