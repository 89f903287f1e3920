import "@catppuccin/palette/css/catppuccin.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/users.css";
import "./styles/statistics.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";

import { App } from "./App";
import { straighten, tolerateTranslation } from "./browser";
import { Failure } from "./layout/Failure";
import { applyTheme, savedTheme } from "./theme";

tolerateTranslation();
history.replaceState(history.state, "", straighten(window.location));
applyTheme(savedTheme());

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Failure>
        <BrowserRouter>
          <App />
        </BrowserRouter>
      </Failure>
    </StrictMode>,
  );
}
