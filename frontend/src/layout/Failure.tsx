import { Component, type ReactNode } from "react";

interface State {
  error: Error | undefined;
}

/** Around everything: where a page fails, it says so and offers ways out, instead of a white screen. */
export class Failure extends Component<{ children: ReactNode }, State> {
  override state: State = { error: undefined };

  static getDerivedStateFromError(error: Error): State {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <main id="conteudo" className="narrow" tabIndex={-1}>
        <div className="title">
          <h1>Esta página falhou</h1>
        </div>
        <div className="card" role="alert">
          <p>
            O que você já tinha salvo está salvo. <a href={window.location.href}>Recarregar</a> costuma bastar; se não,{" "}
            <a href="/sair">sair e começar de novo</a>.
          </p>
          <p>
            <code>{error.message}</code>
          </p>
        </div>
      </main>
    );
  }
}
