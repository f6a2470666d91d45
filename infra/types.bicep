// Shapes that several modules pass on.

@description('An identity that is given roles.')
@export()
type principal = {
  @description('Object id in Microsoft Entra ID; empty: nobody, who is given none.')
  id: string

  type: 'ServicePrincipal' | 'User' | 'Group'
}

@description('Who may be given roles. Without staff, nobody but the two apps reaches data or secrets.')
@export()
type principals = {
  portal: principal
  api: principal
  staff: principal
}

@description('How far one app scales, and what of it never sleeps.')
@export()
type scale = {
  @description('Most instances at a time.')
  @minValue(40)
  @maxValue(1000)
  maximumInstances: int

  @description('Memory of an instance in MB; a core goes with 2048.')
  instanceMemory: 512 | 2048 | 4096

  @description('Instances that always run, by scale group: `http` for all HTTP functions, `function:NAME` for any other.')
  alwaysReady: {
    name: string

    @minValue(1)
    instanceCount: int
  }[]
}
