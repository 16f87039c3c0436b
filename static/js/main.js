import { attachAutosubmit } from "./autosubmit.js";
import { attachCharts } from "./charts.js";
import { attachCopy } from "./copy.js";
import { attachDialogs } from "./dialog.js";
import { attachDrawer } from "./drawer.js";
import { attachFillLogin } from "./fill-login.js";
import { attachFilterTable } from "./filter-table.js";
import { attachHtmx } from "./htmx-setup.js";
import { attachKeys } from "./keys.js";
import { attachMenus } from "./menu.js";
import { attachSubmitGuard } from "./submit-guard.js";
import { attachTheme } from "./theme.js";
import { attachTimes } from "./times.js";
import { attachZones } from "./zones.js";

/** Behaviours that listen once, on the document. */
for (const attach of [
  attachHtmx,
  attachTheme,
  attachMenus,
  attachDialogs,
  attachDrawer,
  attachKeys,
  attachAutosubmit,
  attachCopy,
  attachFillLogin,
  attachFilterTable,
  attachSubmitGuard,
]) {
  attach(document);
}

/** Behaviours that prepare elements, also those that arrive later. */
function prepare(root) {
  attachTimes(root);
  attachCharts(root);
  attachZones(root);
}

prepare(document);
document.addEventListener("shell:arrived", (event) => prepare(event.target));
