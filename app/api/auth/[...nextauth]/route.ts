import { handleAuth } from '#lib/access/web-auth.ts'

type Route = { params: Promise<{ nextauth: string[] }> }

const handle = async (request: Request, { params }: Route) => handleAuth(request, (await params).nextauth)

export { handle as GET, handle as POST }
