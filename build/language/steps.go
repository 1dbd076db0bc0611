package language

import "context"

// Do takes steps in their order, up to the first that fails.
func Do(ctx context.Context, steps ...func(context.Context) error) error {
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}
