export const dynamic = "force-dynamic";

export default function Page() {
  return <p>Hello from the standalone server of {process.version}</p>;
}
