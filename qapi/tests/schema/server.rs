//! Command traits, synchronous and not, and their tables.

pub trait StatsCommands {
    fn set_stats(
        &self,
        cx: &qapi::Context<'_>,
        arguments: super::Stats,
    ) -> Result<(), qapi::QmpError> {
        let _ = (cx, arguments);
        Err(qapi::QmpError::command_not_found("set-stats"))
    }

    fn query_stats(&self, cx: &qapi::Context<'_>) -> Result<super::Stats, qapi::QmpError> {
        let _ = cx;
        Err(qapi::QmpError::command_not_found("query-stats"))
    }

    fn device_add(
        &self,
        cx: &qapi::Context<'_>,
        arguments: qapi::Dict,
    ) -> Result<qapi::Value, qapi::QmpError> {
        let _ = (cx, arguments);
        Err(qapi::QmpError::command_not_found("device_add"))
    }

    fn quit(&self, cx: &qapi::Context<'_>) -> Result<(), qapi::QmpError> {
        let _ = cx;
        Err(qapi::QmpError::command_not_found("quit"))
    }
}

pub trait AsyncSleepCommands: Sync {
    fn sleep(
        &self,
        cx: &qapi::Context<'_>,
    ) -> impl Future<Output = Result<(), qapi::QmpError>> + Send;
}

pub fn stats_commands<H: StatsCommands>() -> &'static [qapi::Handler<H>] {
    const {
        &[
            qapi::Handler::new(
                <super::commands::SetStats as qapi::Command>::INFO,
                |handler, call| {
                    let arguments = call.arguments::<super::commands::SetStats>()?;
                    let response = handler.set_stats(call.context(), arguments.0)?;
                    call.reply(response);
                    Ok(())
                },
            ),
            qapi::Handler::new(
                <super::commands::QueryStats as qapi::Command>::INFO,
                |handler, call| {
                    call.arguments::<super::commands::QueryStats>()?;
                    call.reply(handler.query_stats(call.context())?);
                    Ok(())
                },
            ),
            qapi::Handler::new(
                <super::commands::DeviceAdd as qapi::Command>::INFO,
                |handler, call| {
                    call.run(|cx, arguments: super::commands::DeviceAdd| {
                        handler.device_add(cx, arguments.0)
                    })
                },
            ),
            qapi::Handler::new(<super::commands::Quit as qapi::Command>::INFO, |handler, call| {
                call.arguments::<super::commands::Quit>()?;
                call.reply(handler.quit(call.context())?);
                Ok(())
            }),
        ]
    }
}

pub fn sleep_commands<H: AsyncSleepCommands>() -> &'static [qapi::AsyncHandler<H>] {
    const {
        &[qapi::AsyncHandler::new(
            <super::commands::Sleep as qapi::Command>::INFO,
            |handler, call| call.run_async(|cx, _: super::commands::Sleep| handler.sleep(cx)),
        )]
    }
}
