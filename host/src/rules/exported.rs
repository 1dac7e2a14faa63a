//! A function that a plugin exports.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};

use wasmtime::Store;
use wasmtime::component::{ComponentExportIndex, ComponentType, Func, Instance, InstancePre, Lift, Lower, TypedFunc};

use super::abi;
use super::host::CallState;

/// One exported function that takes an `Input` and returns an `Output`.
pub(super) struct Exported<Input, Output> {
    name: &'static str,
    index: ComponentExportIndex,
    /// Whether the types have been compared. They are the component's, the same in all of its instances, so that once is
    /// enough; comparing every record by the names of its members takes as long as a short rule.
    compared: AtomicBool,
    types: PhantomData<fn(&Input) -> Output>,
}

impl<Input: ComponentType + Lower, Output: ComponentType + Lift> Exported<Input, Output> {
    /// Looks the function up in one of the ABI's interfaces. `None`: the plugin does not export the interface.
    ///
    /// # Errors
    ///
    /// It exports the interface without the function.
    pub(super) fn find(
        plugin: &InstancePre<CallState>,
        interface: &str,
        name: &'static str,
    ) -> wasmtime::Result<Option<Self>> {
        let (component, interface) = (plugin.component(), abi::interface(interface));
        let Some(exporter) = component.get_export_index(None, interface.as_str()) else {
            return Ok(None);
        };
        let missing = || wasmtime::Error::msg(format!("the interface `{interface}` does not have export `{name}`"));
        let index = component.get_export_index(Some(&exporter), name).ok_or_else(missing)?;
        Ok(Some(Self { name, index, compared: AtomicBool::new(false), types: PhantomData }))
    }

    /// Calls it.
    pub(super) fn call(
        &self,
        store: &mut Store<CallState>,
        instance: &Instance,
        input: &Input,
    ) -> wasmtime::Result<Output> {
        let func = self.func(store, instance)?;
        let func = if self.compared.load(Ordering::Relaxed) {
            // SAFETY: the types were found equal for this very export of this component: in an instance of another one,
            // the index finds nothing.
            unsafe { TypedFunc::<(&Input,), (Output,)>::new_unchecked(func) }
        } else {
            self.compare(store, func)?
        };
        let (output,) = func.call(store, (input,))?;
        Ok(output)
    }

    /// Compares its types with the ABI's.
    pub(super) fn check_types(&self, store: &mut Store<CallState>, instance: &Instance) -> wasmtime::Result<()> {
        let func = self.func(store, instance)?;
        self.compare(store, func).map(drop)
    }

    fn func(&self, store: &mut Store<CallState>, instance: &Instance) -> wasmtime::Result<Func> {
        let missing = || wasmtime::Error::msg(format!("`{}` is not exported as a function", self.name));
        instance.get_func(store, self.index).ok_or_else(missing)
    }

    fn compare<'input>(
        &self,
        store: &Store<CallState>,
        func: Func,
    ) -> wasmtime::Result<TypedFunc<(&'input Input,), (Output,)>> {
        let typed = func.typed(store)?;
        self.compared.store(true, Ordering::Relaxed);
        Ok(typed)
    }
}
